/** Files that are written whole or not at all, folders with links, and temporary files. */
@NullMarked
package io.github.icthp.files;

import org.jspecify.annotations.NullMarked;
