/**
 * Back-propagation through a network one stage at a time, in the memory of one stage.
 *
 * <p>A {@link io.github.icthp.torch.staged.Stage} is a part of a network that can be differentiated
 * on its own; a {@link io.github.icthp.torch.staged.StagedPass} runs stages in order and carries
 * the chain rule back over them.
 */
@NullMarked
package io.github.icthp.torch.staged;

import org.jspecify.annotations.NullMarked;
