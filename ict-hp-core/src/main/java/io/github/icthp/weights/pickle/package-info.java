/**
 * Reads Python pickles without ever running anything: values, and objects of classes that the
 * caller allows by name and builds itself.
 *
 * <p>A pickle is a program for a stack machine. Two of its operations name a function or class and
 * call it, which is how a hostile file runs commands in Python. Here a name stands for nothing but
 * the {@link io.github.icthp.weights.pickle.Constructor} registered for it in an {@link
 * io.github.icthp.weights.pickle.AllowList}; any other name is refused, and so are operations that
 * would set the state of an object not made by such a constructor.
 */
@NullMarked
package io.github.icthp.weights.pickle;

import org.jspecify.annotations.NullMarked;
