package io.github.icthp.train;

/**
 * Trains reward models from preference triplets.
 *
 * <pre>{@code
 * Trainers.ict().base(clipH).data(train).validation(val).output(run).config(IctConfig.paper()).train();
 * Trainers.hp().base(clipH).data(train).validation(val).output(run2).config(HpConfig.paper()).train();
 * }</pre>
 */
public final class Trainers {

    private Trainers() {}

    /**
     * Trains a plain CLIP by contrast, which both reward models may begin with.
     *
     * @return settings to go on with
     */
    public static ClipTrainerBuilder clip() {
        return new ClipTrainerBuilder();
    }

    /**
     * Trains ICT: does the image contain the text?
     *
     * @return settings to go on with
     */
    public static IctTrainerBuilder ict() {
        return new IctTrainerBuilder();
    }

    /**
     * Trains HP: is the image good?
     *
     * @return settings to go on with
     */
    public static HpTrainerBuilder hp() {
        return new HpTrainerBuilder();
    }
}
