package io.github.icthp.examples.demo;

/**
 * How much the paper in miniature does.
 *
 * @param demo of fine-tuning and everything else that a demonstration does
 * @param scored scenes that each painter paints for the table of scores
 * @param each pictures of each of GenEval's tasks
 * @param further steps by which the second base model is trained further than the first
 */
record PaperSettings(DemoSettings demo, int scored, int each, long further) {

    private static final int TRIPLETS = 1000;
    private static final int QUICK_TRIPLETS = 200;

    static PaperSettings full(long seed) {
        return new PaperSettings(DemoSettings.full(seed).withTriplets(TRIPLETS), 300, 64, 300);
    }

    static PaperSettings quick(long seed) {
        return new PaperSettings(DemoSettings.quick(seed).withTriplets(QUICK_TRIPLETS), 60, 16, 40);
    }

    /** These settings, with no part greater than what was asked for by name. */
    PaperSettings with(DemoSettings asked) {
        return new PaperSettings(
                asked,
                Math.min(scored, asked.triplets()),
                Math.min(each, asked.pictures()),
                Math.min(further, asked.steps()));
    }
}
