/**
 * DRaFT-K: fine-tuning a diffusion model's adapters by a reward's gradient through the last
 * denoising steps (Clark et al. 2023, "Directly Fine-Tuning Diffusion Models on Differentiable
 * Rewards", arXiv 2309.17400).
 *
 * @serial exclude
 */
@NullMarked
package io.github.icthp.diffusion.draft;

import org.jspecify.annotations.NullMarked;
