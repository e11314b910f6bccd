package io.github.icthp.diffusion.draft;

import io.github.icthp.run.Metrics;

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
import java.util.Map;

/** The rewards of a run over its steps, as a picture. */
final class RewardCurves {

    private RewardCurves() {}

    /**
     * Draws the curves.
     *
     * @param metrics the run's metrics
     * @param file a PNG file, replaced if it exists
     */
    static void write(List<Metrics> metrics, Path file) {
        Map<String, Curve> curves = new LinkedHashMap<>();
        for (Metrics m : metrics) {
            m.values()
                    .forEach(
                            (name, value) -> {
                                if (name.contains("reward") && Double.isFinite(value)) {
                                    curves.computeIfAbsent(
                                                    m.phase() + ": " + name.replace('_', ' '),
                                                    n -> new Curve())
                                            .add(m.step(), value);
                                }
                            });
        }
        if (curves.isEmpty()) {
            return;
        }
        XYChart chart =
                new XYChartBuilder()
                        .width(900)
                        .height(500)
                        .title("Rewards")
                        .xAxisTitle("step")
                        .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        curves.forEach(
                (name, curve) ->
                        chart.addSeries(name, curve.steps, curve.values)
                                .setMarker(SeriesMarkers.NONE));
        try {
            BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException("the curves could not be written to " + file, e);
        }
    }

    private static final class Curve {

        final List<Double> steps = new ArrayList<>();
        final List<Double> values = new ArrayList<>();

        void add(long step, double value) {
            steps.add((double) step);
            values.add(value);
        }
    }
}
