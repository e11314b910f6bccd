package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipConfigFile;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.reward.HpHead;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.loss.HpLoss;
import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.train.loss.Reduction;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** A case of golden area training/steps: a folder in one that holds model and batches. */
final class StepCase {

    private final Path folder;
    private final Path models;
    private final JsonObject json;

    StepCase(Path folder) {
        this.folder = folder;
        this.models = folder.getParent();
        this.json = Golden.json(folder.resolve("case.json"));
    }

    boolean isIct() {
        return json.has("lam");
    }

    private boolean isJoint() {
        return !isIct() && json.get("loss").getAsString().contains("icthp");
    }

    int integer(String name) {
        return json.get(name).getAsInt();
    }

    JsonObject object(String name) {
        return json.getAsJsonObject(name);
    }

    JsonArray array(String name) {
        return json.getAsJsonArray(name);
    }

    List<String> strings(String name) {
        return array(name).asList().stream().map(JsonElement::getAsString).toList();
    }

    boolean has(String file) {
        return Files.exists(folder.resolve(file));
    }

    Expected open(String file) {
        return Expected.open(folder.resolve(file));
    }

    private double number(String name) {
        return json.get(name).getAsDouble();
    }

    OptimizerConfig optimizer() {
        List<Double> betas =
                array("betas").asList().stream().map(JsonElement::getAsDouble).toList();
        return OptimizerConfig.custom()
                .schedule(LrSchedule.constant(number("lr"), integer("warmup")))
                .steps(integer("steps"))
                .adamW(new AdamWConfig(betas.get(0), betas.get(1), number("eps")))
                .weightDecay(number("weight_decay"))
                .maxGradientNorm(number("max_grad_norm"))
                .batchSize(integer("batch"))
                .accumulation(integer("accumulation"))
                .build();
    }

    IctLoss ictLoss() {
        return new IctLoss(number("lam"), number("alpha"), number("beta"), false);
    }

    StepEngine trainer(Checkpointing checkpointing, List<Device> devices) {
        Compute compute = Compute.on(devices.get(0), DType.FLOAT32, checkpointing);
        return trainer(compute, devices, false);
    }

    StepEngine trainer(Compute compute, List<Device> devices, boolean together) {
        List<Replica> replicas = new ArrayList<>();
        devices.forEach(
                device -> replicas.add(isIct() ? ict(device, compute) : hp(device, compute)));
        FeatureLoss loss = isIct() ? new IctFeatureLoss(ictLoss()) : hpLoss(devices.get(0));
        return new StepEngine(replicas, loss, together, 1, optimizer(), compute.type());
    }

    private ClipConfig config() {
        return ClipConfigFile.read(models.resolve("config.json"));
    }

    private ClipModel clip(Device device, DType type) {
        try (Weights weights = Weights.open(models.resolve("model.safetensors"))) {
            return ClipModel.load(weights, config(), device, type, Memory.OWNED);
        }
    }

    private Replica ict(Device device, Compute compute) {
        return new IctReplica(clip(device, DType.FLOAT32), device, compute);
    }

    private Replica hp(Device device, Compute compute) {
        Path file = models.resolve("model.safetensors");
        BaseModel base = BaseModel.find(file, Optional.empty(), Optional.empty());
        ClipModel ict = isJoint() ? clip(device, compute.type()) : null;
        HpScope scope = HpScope.LATTER_HALF;
        return new HpReplica(base.loadVision(device, scope, compute.type()), ict, scope, compute);
    }

    private HpFeatureLoss hpLoss(Device device) {
        NDManager memory = Torch.manager(device);
        try (Weights weights = Weights.open(models.resolve("mlp_pytorch_model.bin"))) {
            HpHead head = HpHead.load(weights, memory, DType.FLOAT32, Memory.OWNED);
            HpLoss loss =
                    new HpLoss(number("margin"), Reduction.MEAN, isJoint() ? 1 : 0, Reduction.SUM);
            return new HpFeatureLoss(head, memory, loss, HpDropout.none());
        }
    }

    List<TripletInputs> stepBatches(int step) {
        List<TripletInputs> batches = new ArrayList<>();
        int accumulation = integer("accumulation");
        for (int part = 0; part < accumulation; part++) {
            batches.add(batch((step * accumulation + part) % integer("micro_batches")));
        }
        return batches;
    }

    TripletInputs batch(int index) {
        try (Expected golden = Expected.open(models.resolve("batches.safetensors"))) {
            String prefix = index + ".";
            int size = integer("batch");
            float[][] labels = new float[4][];
            for (int i = 0; i < 4; i++) {
                labels[i] = golden.floats(prefix + List.of("E1", "E2", "R1", "R2").get(i));
            }
            List<IctTargets> targets = new ArrayList<>();
            for (int b = 0; b < size; b++) {
                targets.add(new IctTargets(labels[0][b], labels[1][b], labels[2][b], labels[3][b]));
            }
            return new TripletInputs(
                    FloatBuffer.wrap(golden.floats(prefix + "pixel_values")),
                    config().imageSize(),
                    Arrays.asList(golden.rows(prefix + "easy_ids")),
                    Arrays.asList(golden.rows(prefix + "refined_ids")),
                    targets,
                    LongStream.range(0, size).boxed().toList());
        }
    }
}
