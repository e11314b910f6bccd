/**
 * The verbs that draw the world and train the miniature models on it: world, miniature and
 * pretrain.
 */
@NullMarked
package io.github.icthp.examples.miniature;

import org.jspecify.annotations.NullMarked;
