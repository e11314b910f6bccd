package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Templates of one's own. */
final class TemplatesTest {

    @TempDir Path folder;

    @Test
    @DisplayName("a template of one's own takes the place of the one that comes along")
    void own() throws IOException {
        write("refine-1.txt", "Be brief.\n---\n{base} and {extended}");
        Templates templates = new Templates(Optional.of(folder));
        Templates.Question question =
                templates.question(
                        Templates.REFINE, Map.of("base", "a {extended} cat", "extended", "x"));
        assertThat(question.instructions()).isEqualTo("Be brief.");
        assertThat(question.request()).isEqualTo("a {extended} cat and x");
        assertThat(templates.text(Templates.VERIFY))
                .isEqualTo(new Templates(Optional.empty()).text(Templates.VERIFY));
    }

    @Test
    @DisplayName("a template without a row's text is refused before anything is asked")
    void lacksPlaceholder() throws IOException {
        write("verify-1.txt", "Check.\n---\nBase prompt: {base}");
        assertThatThrownBy(() -> new Templates(Optional.of(folder)))
                .hasMessageContaining("verify-1.txt")
                .hasMessageContaining("{refined}");
    }

    @Test
    @DisplayName("a template without a divider is refused")
    void lacksDivider() throws IOException {
        write("repair-1.txt", "{request} {answer}");
        assertThatThrownBy(() -> new Templates(Optional.of(folder)))
                .hasMessageContaining("repair-1.txt")
                .hasMessageContaining("---");
    }

    @Test
    @DisplayName("a folder in which no template is found is refused, not passed over")
    void noneOfTheNames() throws IOException {
        write("refine.txt", "Be brief.\n---\n{base} {extended}");
        assertThatThrownBy(() -> new Templates(Optional.of(folder)))
                .hasMessageContaining("refine-1.txt")
                .hasMessageContaining(folder.toString());
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
