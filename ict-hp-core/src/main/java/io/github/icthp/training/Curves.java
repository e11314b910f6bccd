package io.github.icthp.training;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.report.Fonts;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A run's metrics over its steps, as a picture. In this module only this class needs XChart, which
 * the modules that train bring along.
 */
final class Curves {

    /** More points than a chart has pixels are thinned out. */
    private static final int MAX_POINTS = 2_000;

    private Curves() {}

    /**
     * Draws a curve for every phase and name; nothing is written if there are no points, or if Java
     * finds {@linkplain Fonts no fonts}.
     *
     * @param title what stands above the curves
     * @param metrics the run's metrics
     * @param names chooses values by their names
     * @param file a PNG file, replaced in one step if it exists
     * @throws UncheckedIOException if it cannot be written
     */
    static void write(String title, List<Metrics> metrics, Predicate<String> names, Path file) {
        Map<String, Curve> curves = curves(metrics, names);
        if (curves.isEmpty() || !Fonts.usable()) {
            return;
        }
        XYChart chart =
                new XYChartBuilder().width(900).height(500).title(title).xAxisTitle("step").build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setLocale(Locale.ROOT);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        curves.forEach((name, curve) -> curve.addTo(chart, name));
        try {
            DurableFiles.write(file, BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(
                            Locale.ROOT,
                            "the curves could not be written to %s (%s); make room or make it writable",
                            file,
                            e.getMessage()),
                    e);
        }
    }

    private static Map<String, Curve> curves(List<Metrics> metrics, Predicate<String> names) {
        Map<String, Curve> curves = new LinkedHashMap<>();
        for (Metrics m : metrics) {
            m.values()
                    .forEach(
                            (name, value) -> {
                                if (names.test(name) && Double.isFinite(value)) {
                                    curves.computeIfAbsent(
                                                    m.phase() + ": " + name.replace('_', ' '),
                                                    n -> new Curve())
                                            .add(m.step(), value);
                                }
                            });
        }
        return curves;
    }

    private static final class Curve {

        private final List<Double> steps = new ArrayList<>();
        private final List<Double> values = new ArrayList<>();

        void add(long step, double value) {
            steps.add((double) step);
            values.add(value);
        }

        void addTo(XYChart chart, String name) {
            int every = 1 + (steps.size() - 1) / MAX_POINTS;
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (int i = 0; i < steps.size(); i++) {
                if (i % every == 0 || i == steps.size() - 1) {
                    x.add(steps.get(i));
                    y.add(values.get(i));
                }
            }
            chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
        }
    }
}
