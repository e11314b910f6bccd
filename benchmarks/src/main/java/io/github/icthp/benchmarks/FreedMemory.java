package io.github.icthp.benchmarks;

import io.github.icthp.torch.NativeMemory;

import java.util.Locale;

/** What becomes of the memory of freed tensors. */
enum FreedMemory {
    /** What a run does. */
    RUN,
    /** It is kept for the next tensors. */
    KEEP,
    /** That of large tensors goes back to the system. */
    LARGE,
    /** All of it goes back. */
    ALL;

    /** Reads a choice among a program's arguments; there need not be one. */
    static FreedMemory of(String[] args, int index) {
        return args.length > index ? valueOf(args[index].toUpperCase(Locale.ROOT)) : RUN;
    }

    void apply() {
        switch (this) {
            case RUN -> {}
            case KEEP -> NativeMemory.reuse();
            case LARGE -> NativeMemory.returnLarge();
            case ALL -> NativeMemory.returnAtOnce();
        }
    }
}
