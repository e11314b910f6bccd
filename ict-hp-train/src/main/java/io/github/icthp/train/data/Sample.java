package io.github.icthp.train.data;

import java.nio.FloatBuffer;

/** A triplet with its decoded pictures: I1, I2, I3, each (3, S, S). */
record Sample(PreferenceTriplet triplet, FloatBuffer pixels) {}
