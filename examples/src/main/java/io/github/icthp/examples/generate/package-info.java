/** The verbs that make pictures with a diffusion model: generate and style-grid. */
@NullMarked
package io.github.icthp.examples.generate;

import org.jspecify.annotations.NullMarked;
