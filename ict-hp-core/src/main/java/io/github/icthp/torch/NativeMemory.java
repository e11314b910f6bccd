package io.github.icthp.torch;

import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How the C library keeps memory that tensors have given back.
 *
 * <p>By its default, glibc returns freed memory to the system at once when a few megabytes have
 * gathered, and the next layer of a network asks for it again: the system then clears every page
 * anew, which can double the time of a forward pass on a CPU. The torch layer therefore {@linkplain
 * #reuse() reuses} freed memory from the start.
 *
 * <p>It also asks PyTorch to lay tensors of 2 MiB and more into huge pages, which the system clears
 * much faster than as many ordinary ones. PyTorch reads that from the environment variable {@code
 * THP_MEM_ALLOC_ENABLE} at its first allocation; it is set to 1 here unless it is set already, and
 * has no effect if another library has loaded PyTorch before.
 *
 * <p>Other C libraries are left as they are, and so are glibc and the variable if system property
 * {@code icthp.malloc} is {@code default}, or if JNA cannot start.
 */
public final class NativeMemory {

    private static final int M_TRIM_THRESHOLD = -1;
    private static final int M_MMAP_THRESHOLD = -3;
    private static final int KEPT = 256 << 20;
    private static final int LARGE = 32 << 20;
    private static final int SMALL = 128 << 10;
    private static final int HUGE_PAGE = 2 << 20;
    private static final int DEFAULT_PAGE = 4096;
    private static final double GROWTH = 1.1;
    private static final int MADV_DONTNEED = 4;
    private static final boolean GLIBC = isGlibc();
    private static final Optional<Function> ADVISE =
            CLibrary.ON_LINUX ? CLibrary.function("madvise") : Optional.empty();
    private static final int PAGE =
            CLibrary.function("getpagesize")
                    .map(size -> size.invokeInt(new Object[0]))
                    .orElse(DEFAULT_PAGE);

    /** Resident pages when {@link #trimGrown} was first called after another trim. */
    private static OptionalLong settled = OptionalLong.empty();

    static {
        if (GLIBC) {
            CLibrary.setUnlessSet("THP_MEM_ALLOC_ENABLE", "1");
        }
        reuse();
    }

    private NativeMemory() {}

    /** Applies what the torch layer begins with, once. */
    static void initialize() {}

    private static boolean isGlibc() {
        return CLibrary.ON_LINUX
                && !System.getProperty("icthp.malloc", "").equals("default")
                && Stream.of("mallopt", "malloc_trim", "gnu_get_libc_version")
                        .allMatch(name -> CLibrary.function(name).isPresent());
    }

    /**
     * Keeps up to 256 MiB of freed memory for the next tensors: the fastest.
     *
     * @return false if the C library cannot be told
     */
    public static boolean reuse() {
        return set(LARGE, KEPT);
    }

    /**
     * Gives every tensor that PyTorch lays into huge pages, of 2 MiB and more, back to the system
     * at once, and keeps up to 256 MiB of freed memory of smaller ones.
     *
     * @return false if the C library cannot be told
     */
    public static boolean returnLarge() {
        return returnLarge(HUGE_PAGE);
    }

    /**
     * Gives large tensors back to the system at once, which is cheap where they lie in huge pages,
     * and keeps up to 256 MiB of freed memory of smaller ones.
     *
     * @param bytes what counts as large, at least 2 MiB, PyTorch's least tensor in huge pages
     * @return false if the C library cannot be told
     * @throws IllegalArgumentException if it is less
     */
    public static boolean returnLarge(int bytes) {
        Preconditions.checkArgument(
                bytes >= HUGE_PAGE,
                "NativeMemory.returnLarge: expected at least %s bytes, got %s",
                HUGE_PAGE,
                bytes);
        return set(bytes, KEPT);
    }

    /**
     * Gives every freed tensor's memory back to the system at once: the least resident memory, at
     * the price of clearing pages again and again.
     *
     * @return false if the C library cannot be told
     */
    public static boolean returnAtOnce() {
        return set(SMALL, SMALL);
    }

    /**
     * Gives back what is free now, for example at the end of a run.
     *
     * @return true if memory went back to the system
     */
    public static synchronized boolean trim() {
        settled = OptionalLong.empty();
        return GLIBC && call("malloc_trim", 0L) == 1;
    }

    /**
     * Gives back what is free the first time, and then whenever the process has grown by a tenth
     * since. Call this after each of many equal pieces of work: the first leaves small objects that
     * stay all over its memory, and what is freed between them, in pieces that do not fit the next
     * piece of work's tensors, would be kept beside the new memory that these take. To give it back
     * after every piece of work would keep the least, but getting it again takes time.
     *
     * @return true if memory went back to the system
     */
    public static synchronized boolean trimGrown() {
        OptionalLong now = residentPages();
        if (settled.isEmpty()) {
            boolean trimmed = trim();
            settled = now;
            return trimmed;
        }
        return now.orElse(0) > GROWTH * settled.getAsLong() && trim();
    }

    /**
     * Lets go of the resident pages of a file's map. The map stays valid: what is touched again is
     * read again, usually from the system's cache of files.
     *
     * @param map what {@link java.nio.channels.FileChannel#map} gave for reading alone
     * @return false if the system keeps the pages
     * @throws IllegalArgumentException if the buffer may be written: it is no such map, and memory
     *     of its own would lose its values
     */
    public static boolean releaseMap(ByteBuffer map) {
        Preconditions.checkArgument(
                map.isDirect() && map.isReadOnly(),
                "NativeMemory.releaseMap: expected a file's map for reading alone, got %s",
                map);
        if (ADVISE.isEmpty() || map.capacity() == 0) {
            return false;
        }
        long begin = Pointer.nativeValue(Native.getDirectBufferPointer(map));
        long page = begin / PAGE * PAGE;
        Object[] arguments = {new Pointer(page), begin + map.capacity() - page, MADV_DONTNEED};
        return ADVISE.get().invokeInt(arguments) == 0;
    }

    private static OptionalLong residentPages() {
        if (!GLIBC) {
            return OptionalLong.empty();
        }
        try {
            String sizes = Files.readString(Path.of("/proc/self/statm"));
            return OptionalLong.of(Long.parseLong(Splitter.on(' ').splitToList(sizes).get(1)));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static boolean set(int mmapThreshold, int trimThreshold) {
        return GLIBC
                && call("mallopt", M_MMAP_THRESHOLD, mmapThreshold) == 1
                && call("mallopt", M_TRIM_THRESHOLD, trimThreshold) == 1;
    }

    private static int call(String name, Object... arguments) {
        return CLibrary.function(name).orElseThrow().invokeInt(arguments);
    }
}
