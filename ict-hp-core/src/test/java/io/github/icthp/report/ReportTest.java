package io.github.icthp.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

class ReportTest {

    private static final String NASTY = "<b>\"a\" & 'b'</b>\u0000\ud800";

    private static final List<Chart> CHARTS =
            List.of(
                    new HistogramChart(
                            NASTY,
                            0.1,
                            0.1,
                            List.of(
                                    new HistogramChart.Group(
                                            NASTY, 0.1, ImmutableLongArray.of(0, 3, 0)))),
                    new IntervalChart(
                            NASTY,
                            0,
                            100,
                            50,
                            List.of(new IntervalChart.Value(NASTY, 60, 50, 70, NASTY))),
                    new LineChart(
                            NASTY,
                            NASTY,
                            List.of(
                                    new LineChart.Curve(
                                            NASTY,
                                            ImmutableDoubleArray.of(0, 1, 2),
                                            ImmutableDoubleArray.of(1, Double.NaN, 3)),
                                    new LineChart.Curve(
                                            "none",
                                            ImmutableDoubleArray.of(),
                                            ImmutableDoubleArray.of()))));

    @Test
    void tablesLookAlikeInEveryFormat() {
        Table table = Table.of("reward", "mean").row("ICT-HP", "8.5").row("a|b\n*c*", "100.0");
        assertThat(table.toText()).isEqualTo("reward    mean\nICT-HP     8.5\na|b *c*  100.0\n");
        assertThat(table.toMarkdown())
                .isEqualTo(
                        "| reward | mean |\n|---|---:|\n| ICT-HP | 8.5 |\n"
                                + "| a\\|b \\*c\\* | 100.0 |\n");
        assertThat(table.toHtml()).contains("<th scope=\"row\">ICT-HP</th><td>8.5</td>");
        assertThatThrownBy(() -> table.row("one"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[one]");
    }

    @Test
    void chartsAreWellFormedWhateverTheirTexts()
            throws ParserConfigurationException, IOException, SAXException {
        for (Chart chart : CHARTS) {
            String svg = chart.toSvg();
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(svg)));
            assertThat(svg).doesNotContain("NaN", "Infinity", "<b>");
        }
    }

    @Test
    void aPageEscapesEveryText() {
        HtmlPage page = HtmlPage.titled(NASTY).lead(NASTY).section(NASTY).paragraph(NASTY);
        CHARTS.forEach(chart -> page.figure(NASTY, chart));
        page.note(NASTY).table(Table.of(NASTY, NASTY).row(NASTY, NASTY));
        page.pictures(
                new PictureGrid(
                        List.of(
                                new PictureGrid.Row(
                                        NASTY,
                                        List.of(
                                                new PictureGrid.Picture(
                                                        NASTY,
                                                        new BufferedImage(
                                                                4,
                                                                4,
                                                                BufferedImage.TYPE_INT_RGB)))))));
        assertThat(page.toHtml())
                .contains("&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;??")
                .contains("src=\"data:image/png;base64,iVBOR")
                .doesNotContain("<b>", "\u0000");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 100, 5, 0, 100, 6",
        "0.12, 0.37, 5, 0.15, 0.35, 5",
        "-3, 4, 4, -2, 4, 4",
        "1000, 9000, 4, 2000, 8000, 4"
    })
    void ticksAreRoundAndInside(
            double low, double high, int about, double first, double last, int count) {
        Axis axis = Axis.over(low, high, 0, 10);
        double[] ticks = axis.ticks(about);
        assertThat(ticks).hasSize(count);
        assertThat(ticks[0]).isCloseTo(first, within(1e-9));
        assertThat(ticks[count - 1]).isCloseTo(last, within(1e-9));
    }

    @Test
    void anAxisNeedsRoomAndFiniteValues() {
        Axis axis = Axis.over(0, 0, 100, 0);
        assertThat(axis.at(0)).isCloseTo(50, within(1e-9));
        assertThat(axis.label(-0.0, 5)).startsWith("0");
        assertThatThrownBy(() -> Axis.over(Double.NaN, 1, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }
}
