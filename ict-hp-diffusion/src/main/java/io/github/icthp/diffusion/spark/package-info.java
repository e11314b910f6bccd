/** DRaFT-K over Apache Spark, which must be on the class path for this package alone. */
@NullMarked
package io.github.icthp.diffusion.spark;

import org.jspecify.annotations.NullMarked;
