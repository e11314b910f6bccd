package io.github.icthp.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;

class NamedCsvRowsTest {

    private static final CsvRows.Problems PROBLEMS =
            new CsvRows.Problems() {
                @Override
                public RuntimeException damaged(long line, String problem) {
                    return new IllegalArgumentException("line " + line + ": " + problem);
                }

                @Override
                public RuntimeException unreadable(IOException cause) {
                    return new IllegalArgumentException(cause);
                }
            };

    private static NamedCsvRows of(String text) {
        return new NamedCsvRows(new StringReader(text), PROBLEMS);
    }

    @Test
    void namesFieldsByTheHeader() {
        NamedCsvRows rows = of(" a ,b\r\n1,\"2,\n3\"\r\n\r\n4,5\r\n");
        assertThat(rows.header()).isEqualTo(List.of("a", "b"));
        assertThat(rows.next()).isEqualTo(new NamedCsvRows.Row(2, Map.of("a", "1", "b", "2,\n3")));
        assertThat(rows.next()).isEqualTo(new NamedCsvRows.Row(5, Map.of("a", "4", "b", "5")));
        assertThat(rows.hasNext()).isFalse();
    }

    @Test
    void saysWhichLineIsWrong() {
        assertThatThrownBy(() -> of("a,b,a\n"))
                .hasMessageContaining("line 1: a header must name a column once, got [a, b, a]");
        NamedCsvRows rows = of("a,b\n1,2\n\n3,4,5\n");
        rows.next();
        assertThatThrownBy(rows::next)
                .hasMessageContaining("line 4: the header has 2 fields, this row 3");
        assertThatThrownBy(of("a\n\"b\" c\n")::next).hasMessageContaining("line 2: text follows");
        assertThat(of("").header()).isEmpty();
        assertThat(of("\na\n").header()).isEmpty();
    }
}
