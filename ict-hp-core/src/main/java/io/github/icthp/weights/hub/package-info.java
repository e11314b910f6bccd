/**
 * Finds weights by the name that the user gives: a path, or a model of a Hugging Face hub, which is
 * looked up in the standard cache and downloaded when allowed.
 *
 * <p>The cache is the one that Python's {@code huggingface_hub} keeps: what one downloads, the
 * other finds.
 */
@NullMarked
package io.github.icthp.weights.hub;

import org.jspecify.annotations.NullMarked;
