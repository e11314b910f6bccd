/** The demonstration: the verb demo, its runs and the pages that it writes. */
@NullMarked
package io.github.icthp.examples.demo;

import org.jspecify.annotations.NullMarked;
