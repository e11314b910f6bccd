package io.github.icthp.train.evaluation.table;

import io.github.icthp.train.evaluation.table.RowIndex.Group;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;

import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import javax.imageio.ImageIO;

/** A score table as a picture: a chart a column, each on its own scale, with 95 % intervals. */
final class TablePicture {

    private static final int WIDTH = 440;
    private static final int HEIGHT = 320;
    private static final int IN_A_ROW = 3;
    private static final int NAME_LENGTH = 11;

    /** Base and refined: told apart by the color-blind, too. */
    private static final List<Color> COLORS = List.of(new Color(0x0072B2), new Color(0xE69F00));

    private final ScoreTableResult result;
    private final TableText text;

    TablePicture(ScoreTableResult result, TableText text) {
        this.result = result;
        this.text = text;
    }

    /** Draws it as the content of a PNG file. */
    byte[] png() throws IOException {
        int charts = result.columns().size();
        int across = Math.min(charts, IN_A_ROW);
        int down = (charts + IN_A_ROW - 1) / IN_A_ROW;
        BufferedImage picture =
                new BufferedImage(across * WIDTH, down * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        for (int i = 0; i < charts; i++) {
            canvas.drawImage(
                    BitmapEncoder.getBufferedImage(chart(result.columns().get(i))),
                    i % IN_A_ROW * WIDTH,
                    i / IN_A_ROW * HEIGHT,
                    null);
        }
        canvas.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", png);
        return png.toByteArray();
    }

    private XYChart chart(Column column) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(column.name() + ", " + column.kind().scale().text())
                        .build();
        List<String> models = text.lines().stream().map(Group::model).distinct().toList();
        Range range = range(column);
        style(chart.getStyler(), models.size(), range);
        for (int i = 0; i < models.size(); i++) {
            chart.addAnnotation(
                    new AnnotationText(
                            shortened(models.get(i)), i, range.low() + range.names() / 2, false));
        }
        for (PromptCondition condition : PromptCondition.values()) {
            addMeans(chart, column, models, condition);
        }
        return chart;
    }

    /**
     * What the axis shows.
     *
     * @param low its beginning
     * @param names how much of it lies under the models' names
     * @param high its end
     */
    private record Range(double low, double names, double high) {}

    private Range range(Column column) {
        List<Estimate> means =
                result.cells().stream()
                        .filter(cell -> cell.column().equals(column.name()))
                        .map(Cell::mean)
                        .toList();
        double low = means.stream().mapToDouble(Estimate::low).min().orElse(0);
        double high = means.stream().mapToDouble(Estimate::high).max().orElse(1);
        double size = high > low ? high - low : Math.max(0.1 * Math.abs(high), 1e-3);
        double margin = 0.06 * size;
        double names = 0.14 * size;
        return new Range(low - margin - names, names, high + margin);
    }

    private static void style(XYStyler style, int models, Range range) {
        style.setLegendPosition(XYStyler.LegendPosition.OutsideS)
                .setLegendLayout(XYStyler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE);
        style.setLocale(Locale.ROOT);
        style.setXAxisMin(-0.5)
                .setXAxisMax(models - 0.5)
                .setYAxisMin(range.low())
                .setYAxisMax(range.high())
                .setPlotGridVerticalLinesVisible(false)
                .setErrorBarsColor(Color.DARK_GRAY)
                .setyAxisTickLabelsFormattingFunction(
                        value -> String.format(Locale.ROOT, "%.3f", value))
                .setXAxisTicksVisible(false)
                .setAnnotationTextFont(style.getLegendFont().deriveFont(models > 4 ? 9f : 11f));
    }

    private static String shortened(String model) {
        return model.codePointCount(0, model.length()) <= NAME_LENGTH
                ? model
                : model.substring(0, model.offsetByCodePoints(0, NAME_LENGTH - 1)) + "…";
    }

    /** Error bars hang on the intervals' middles, which need not be the means. */
    private void addMeans(
            XYChart chart, Column column, List<String> models, PromptCondition condition) {
        List<Double> x = new ArrayList<>();
        List<Double> means = new ArrayList<>();
        List<Double> middles = new ArrayList<>();
        List<Double> halves = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            Optional<Cell> cell = result.cell(models.get(i), condition, column.name());
            if (cell.isPresent()) {
                Estimate mean = cell.get().mean();
                x.add(i + (condition == PromptCondition.BASE ? -0.12 : 0.12));
                means.add(mean.value());
                middles.add((mean.low() + mean.high()) / 2);
                halves.add((mean.high() - mean.low()) / 2);
            }
        }
        if (x.isEmpty()) {
            return;
        }
        Color color = COLORS.get(condition == PromptCondition.BASE ? 0 : 1);
        XYSeries intervals = chart.addSeries(condition + " interval", x, middles, halves);
        intervals.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        intervals.setMarker(SeriesMarkers.NONE);
        intervals.setShowInLegend(false);
        XYSeries dots = chart.addSeries(condition.label(), x, means);
        dots.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        dots.setMarker(SeriesMarkers.CIRCLE);
        dots.setMarkerColor(color);
    }
}
