/**
 * Builds a data set like Pick-High (paper A.1): from base prompts to verified, labeled preference
 * triplets, in five steps that can be stopped and resumed at any row.
 *
 * <p>{@link io.github.icthp.train.pickhigh.PickHighBuild} runs them. What talks to a language model
 * is behind {@link io.github.icthp.train.pickhigh.LanguageModel}, what makes pictures behind {@link
 * io.github.icthp.train.pickhigh.PromptRenderer}.
 */
@NullMarked
package io.github.icthp.train.pickhigh;

import org.jspecify.annotations.NullMarked;
