/**
 * TorchScript programs, automatic differentiation and tensor lifetimes over DJL's PyTorch engine.
 */
@NullMarked
package io.github.icthp.torch;

import org.jspecify.annotations.NullMarked;
