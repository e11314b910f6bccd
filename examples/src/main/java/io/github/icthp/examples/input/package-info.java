/** Files that commands read: pictures with prompts, and lists of prompts. */
@NullMarked
package io.github.icthp.examples.input;

import org.jspecify.annotations.NullMarked;
