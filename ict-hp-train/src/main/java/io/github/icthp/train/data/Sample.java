package io.github.icthp.train.data;

import java.nio.ByteBuffer;

/** A triplet with its decoded pictures: I1, I2, I3, one behind the other. */
record Sample(PreferenceTriplet triplet, ByteBuffer pixels) {}
