package io.github.icthp.train.evaluation;

import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Pair accuracies as a picture: a group of bars for each pair, a bar for each reward, the 95 %
 * intervals as error bars and a line at chance.
 *
 * <p>Bars are polygons over a numeric axis, and error bars hang on the intervals' middles, because
 * bootstrap intervals do not lie evenly about their bar's top.
 */
final class AccuracyPicture {

    private static final List<Pair> PAIRS = List.of(Pair.values());
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;
    private static final double CHANCE = 50;

    /** Of a group's place on the axis, which bars take; the rest parts the groups. */
    private static final double FILLED = 0.8;

    /** Tell themselves apart for the color-blind, too; begun again if there are more rewards. */
    private static final List<Color> COLORS =
            List.of(
                    new Color(0x999999),
                    new Color(0xE69F00),
                    new Color(0x009E73),
                    new Color(0x0072B2),
                    new Color(0xCC79A7),
                    new Color(0x56B4E9));

    private static final BasicStroke DASHED =
            new BasicStroke(
                    1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1, new float[] {8, 5}, 0);

    private final List<RewardResult> rewards;
    private final String title;

    AccuracyPicture(EvaluationResult result, EvaluationTables tables) {
        this.rewards = result.rewards();
        this.title = "Pair accuracy: " + tables.summary();
    }

    /** Draws it as the content of a PNG file. */
    byte[] png() throws IOException {
        return BitmapEncoder.getBitmapBytes(chart(), BitmapFormat.PNG);
    }

    private XYChart chart() {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .yAxisTitle("agreement with preferences, %")
                        .build();
        style(chart.getStyler());
        for (int reward = 0; reward < rewards.size(); reward++) {
            addBars(chart, reward);
        }
        for (int pair = 0; pair < PAIRS.size(); pair++) {
            chart.addAnnotation(new AnnotationText(PAIRS.get(pair).label(), pair, -4, false));
        }
        addChance(chart);
        addIntervals(chart);
        return chart;
    }

    private static void style(XYStyler style) {
        style.setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(XYStyler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE);
        style.setLocale(Locale.ROOT);
        style.setYAxisMin(-8.0)
                .setYAxisMax(100.0)
                .setXAxisMin(-0.5)
                .setXAxisMax(PAIRS.size() - 0.5)
                .setPlotGridVerticalLinesVisible(false)
                .setErrorBarsColor(Color.BLACK)
                .setyAxisTickLabelsFormattingFunction(
                        percent -> percent < 0 ? " " : String.format(Locale.ROOT, "%.0f", percent))
                .setXAxisTicksVisible(false)
                .setAnnotationTextFont(style.getLegendFont());
    }

    private void addBars(XYChart chart, int reward) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        for (Pair pair : PAIRS) {
            double height = 100 * accuracy(reward, pair).value();
            double half = 0.45 * barWidth();
            double middle = middle(reward, pair);
            x.addAll(List.of(middle - half, middle - half, middle + half, middle + half));
            y.addAll(List.of(0.0, height, height, 0.0));
        }
        Color color = COLORS.get(reward % COLORS.size());
        XYSeries bars = chart.addSeries(rewards.get(reward).name(), x, y);
        bars.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
        bars.setFillColor(color);
        bars.setLineColor(color);
        bars.setLineStyle(SeriesLines.NONE);
        bars.setMarker(SeriesMarkers.NONE);
    }

    private static void addChance(XYChart chart) {
        List<Double> ends = List.of(-0.5, PAIRS.size() - 0.5);
        XYSeries line = chart.addSeries("chance", ends, List.of(CHANCE, CHANCE));
        line.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
        line.setLineColor(Color.RED);
        line.setLineStyle(DASHED);
        line.setMarker(SeriesMarkers.NONE);
    }

    private void addIntervals(XYChart chart) {
        List<Double> x = new ArrayList<>();
        List<Double> middles = new ArrayList<>();
        List<Double> halves = new ArrayList<>();
        for (int reward = 0; reward < rewards.size(); reward++) {
            for (Pair pair : PAIRS) {
                Accuracy found = accuracy(reward, pair);
                x.add(middle(reward, pair));
                middles.add(50 * (found.low() + found.high()));
                halves.add(50 * (found.high() - found.low()));
            }
        }
        XYSeries intervals = chart.addSeries("95 % interval", x, middles, halves);
        intervals.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        intervals.setMarker(SeriesMarkers.NONE);
        intervals.setShowInLegend(false);
    }

    private Accuracy accuracy(int reward, Pair pair) {
        return rewards.get(reward).easy().of(pair);
    }

    private double barWidth() {
        return FILLED / rewards.size();
    }

    private double middle(int reward, Pair pair) {
        return PAIRS.indexOf(pair) - FILLED / 2 + barWidth() * (reward + 0.5);
    }
}
