/** Options that several verbs share: models, rewards, devices and data. */
@NullMarked
package io.github.icthp.examples.options;

import org.jspecify.annotations.NullMarked;
