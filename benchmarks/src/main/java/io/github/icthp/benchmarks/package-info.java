/** JMH benchmarks. */
@NullMarked
package io.github.icthp.benchmarks;

import org.jspecify.annotations.NullMarked;
