package io.github.icthp.train.pickhigh;

import java.util.List;

/**
 * Adds style and detail to short prompts, as {@code io.github.icthp.prompt.PromptExtender} does.
 */
@FunctionalInterface
public interface PromptExtension {

    /**
     * Extends prompts.
     *
     * @param prompts base prompts
     * @param seeds a seed for each; equal prompts and seeds give equal texts
     * @return the extended prompts
     */
    List<String> extend(List<String> prompts, long[] seeds);
}
