/** The ict-hp command line. */
@NullMarked
package io.github.icthp.examples;

import org.jspecify.annotations.NullMarked;
