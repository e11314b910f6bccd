package io.github.icthp.train.pickhigh;

import io.github.icthp.ImageSource;

import org.jspecify.annotations.Nullable;

/**
 * A row of a table of base prompts.
 *
 * @param prompt the prompt
 * @param rejected the picture that was liked less, if the table has pictures
 * @param preferred the picture that was liked more
 * @param tie whether the table has pictures and says that neither was preferred
 */
record SourceRow(
        String prompt,
        @Nullable ImageSource rejected,
        @Nullable ImageSource preferred,
        boolean tie) {}
