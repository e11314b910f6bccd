/** Weights on disk: safetensors and PyTorch files, strict loading, and finding them. */
@NullMarked
package io.github.icthp.weights;

import org.jspecify.annotations.NullMarked;
