/** Prompts made richer: GPT-2, its tokenizer, and generation as Prompt-Extend uses it. */
@NullMarked
package io.github.icthp.prompt;

import org.jspecify.annotations.NullMarked;
