package io.github.icthp.examples.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * A file's failure says what is wrong with it, where the system's own message is its name alone.
 */
class MessagesTest {

    @Test
    void saysWhatIsWrongWithAFile() {
        assertThat(Messages.of(new NoSuchFileException("a.txt"))).isEqualTo("a.txt does not exist");
        assertThat(Messages.of(new AccessDeniedException("out")))
                .isEqualTo("out: permission denied; allow it, or name another place");
        assertThat(Messages.of(new FileAlreadyExistsException("out")))
                .isEqualTo("out is there already");
        assertThat(Messages.of(new NotDirectoryException("out"))).isEqualTo("out is not a folder");
        assertThat(Messages.of(new FileSystemLoopException("out")))
                .isEqualTo("out could not be used (FileSystemLoopException)");
    }

    @Test
    void keepsTheSystemsReason() {
        assertThat(Messages.of(new FileSystemException("out", null, "Read-only file system")))
                .isEqualTo("out: Read-only file system");
    }

    @Test
    void saysTheKindOfAFailureWithoutWords() {
        assertThat(Messages.of(new IOException())).isEqualTo("java.io.IOException");
        assertThat(Messages.of(new IOException("No space left on device")))
                .startsWith("the disk is full");
    }
}
