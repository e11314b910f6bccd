/**
 * Reports that need nothing but themselves: tables as text and Markdown, and pages of HTML whose
 * charts and pictures are inside them.
 */
@NullMarked
package io.github.icthp.report;

import org.jspecify.annotations.NullMarked;
