/**
 * The ict-hp command line: {@code IctHp} gathers the verbs, each of which is in a package below.
 */
@NullMarked
package io.github.icthp.examples;

import org.jspecify.annotations.NullMarked;
