/** What a command says and how it ends: output, progress, messages and exit codes. */
@NullMarked
package io.github.icthp.examples.console;

import org.jspecify.annotations.NullMarked;
