package io.github.icthp.report;

/** A chart that an {@link HtmlPage} shows. */
public sealed interface Chart permits HistogramChart, IntervalChart, LineChart {

    /**
     * Returns what the chart shows, for those who cannot see it.
     *
     * @return one line
     */
    String title();

    /**
     * Draws the chart.
     *
     * @return an {@code svg} element whose colors are those of the page around it
     */
    String toSvg();
}
