package io.github.icthp.examples.pretraining;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.training.EventFile;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a run leaves behind: metrics, checkpoints, and the transformer. */
final class FlowMatchingOutput implements AutoCloseable {

    private final FlowMatchingBuilder settings;
    private final RunFolder folder;
    private final FlowMatchingState state;
    private final MetricsFile metrics;
    private final EventFile events;

    FlowMatchingOutput(FlowMatchingBuilder settings, RunFolder folder, FlowMatchingState state) {
        this.settings = settings;
        this.folder = folder;
        this.state = state;
        this.metrics = folder.metrics(state.updater().step());
        this.events = folder.events(state.updater().step());
    }

    static RunRecord record(FlowMatchingBuilder settings) {
        FlowMatchingConfig config = settings.config();
        JsonObject json = new Gson().toJsonTree(config).getAsJsonObject();
        json.getAsJsonObject("noise")
                .getAsJsonObject("density")
                .addProperty("kind", config.noise().density().getClass().getSimpleName());
        json.add("transformer", settings.transformer().config().toJson(0));
        return RunRecord.of(
                "flow-matching",
                config.seed(),
                json,
                settings.sources(),
                settings.transformer().device());
    }

    Path transformer() {
        return folder.path().resolve("transformer");
    }

    void started(long step) {
        long total = settings.config().optimisation().iterations();
        listeners().forEach(l -> l.started(record(settings), step, total));
    }

    void stepped(Metrics values, RunProgress progress) {
        write(values);
        listeners().forEach(l -> l.stepped(values, progress));
    }

    void evaluated(Metrics values) {
        write(values);
        listeners().forEach(l -> l.evaluated(values));
    }

    private void write(Metrics values) {
        metrics.write(values);
        events.write(values);
    }

    void save(long step) {
        Path saved = folder.checkpoints().save(step, state.json(), state.tensors());
        listeners().forEach(l -> l.saved(saved));
    }

    /** Writes the present weights as diffusers does. */
    void saveTransformer() {
        Sd3Transformer model = settings.transformer();
        SafetensorsWriter.write(
                transformer().resolve("diffusion_pytorch_model.safetensors"),
                model.tensors(),
                Map.of("format", "pt"));
        int side = settings.pictures().get(0).image().getWidth() / settings.loss().codec().factor();
        String config =
                new GsonBuilder().setPrettyPrinting().create().toJson(model.config().toJson(side));
        try {
            Files.writeString(transformer().resolve("config.json"), config + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the transformer could not be written to " + transformer(), e);
        }
    }

    void ended(long step) {
        listeners().forEach(l -> l.ended(step, "finished"));
    }

    private List<RunListener> listeners() {
        return settings.listeners();
    }

    @Override
    public void close() {
        try (folder;
                metrics) {
            events.close();
        }
    }
}
