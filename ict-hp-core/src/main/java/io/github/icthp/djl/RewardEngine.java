package io.github.icthp.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;

import io.github.icthp.RewardModel;
import io.github.icthp.torch.Torch;

import org.jspecify.annotations.Nullable;

/**
 * A DJL engine over PyTorch's whose models are reward models, so that {@code Criteria} loads one
 * from a folder:
 *
 * <pre>{@code
 * Criteria<PromptImage, RewardScore> criteria =
 *         Criteria.builder()
 *                 .setTypes(PromptImage.class, RewardScore.class)
 *                 .optModelPath(Path.of("released")) // holds ICT and HP
 *                 .optEngine(RewardEngine.NAME)
 *                 .optTranslatorFactory(new RewardTranslatorFactory())
 *                 .optArgument("precision", "fp32")
 *                 .build();
 * try (ZooModel<PromptImage, RewardScore> model = criteria.loadModel();
 *         Predictor<PromptImage, RewardScore> predictor = model.newPredictor()) {
 *     RewardScore score = predictor.predict(PromptImage.of("a red ball", Path.of("a.png")));
 * }
 * }</pre>
 *
 * <p>The scores are those of {@link RewardModel} with the same settings. The model path is the root
 * of the released layout, or ICT's weights or HP's folder alone. Arguments, all optional:
 *
 * <table>
 * <caption>Arguments of a criteria</caption>
 * <tr><th>name</th><th>value</th></tr>
 * <tr><td>{@code reward}</td><td>{@code ict}, {@code hp} or {@code combined}; by default all that
 *     the path or the two arguments below hold</td></tr>
 * <tr><td>{@code ict}, {@code hp}</td><td>weights that are not in the model path, as {@code
 *     RewardModelBuilder} takes them</td></tr>
 * <tr><td>{@code base}</td><td>the folder with configuration and tokenizer</td></tr>
 * <tr><td>{@code precision}</td><td>{@code auto}, {@code fp32}, {@code bf16} or {@code fp16}</td>
 *     </tr>
 * <tr><td>{@code batch}</td><td>images that are computed at once</td></tr>
 * <tr><td>{@code openClipPrompts}</td><td>{@code true} to clean prompts as open_clip does</td></tr>
 * </table>
 *
 * <p>Without {@code optDevice} a model runs on the first GPU if there is one, as with every engine
 * of DJL. What these models lack: a {@code Block} with parameters of its own, hence {@code
 * newTrainer} and {@code save}; see module {@code ict-hp-train} for training.
 */
public final class RewardEngine extends Engine {

    /** The name for {@code Criteria.Builder.optEngine}. */
    public static final String NAME = "ICT-HP";

    /** Behind every engine that computes, so that DJL never takes this one by default. */
    static final int RANK = 1000;

    RewardEngine() {}

    private static Engine pytorch() {
        return Torch.engine();
    }

    @Override
    public Engine getAlternativeEngine() {
        return pytorch();
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        String version = RewardModel.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public boolean hasCapability(String capability) {
        return pytorch().hasCapability(capability);
    }

    @Override
    public Model newModel(String name, @Nullable Device device) {
        return new ScoringModel(name, device == null ? defaultDevice() : device);
    }

    @Override
    public NDManager newBaseManager() {
        return pytorch().newBaseManager();
    }

    @Override
    public NDManager newBaseManager(Device device) {
        return pytorch().newBaseManager(device);
    }
}
