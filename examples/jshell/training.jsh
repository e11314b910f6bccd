// Training, live. Run: examples/jshell/start.sh examples/jshell/training.jsh
import io.github.icthp.clip.*;
import io.github.icthp.training.*;
import io.github.icthp.train.*;
import io.github.icthp.train.data.*;
import io.github.icthp.examples.world.DrawnWorld;

// 1. A CLIP model of random weights, small enough for a minute, and the folder of this run.
Path folder = Files.createTempDirectory("ict-hp-training");
ClipConfig small = ClipConfig.from(ClipConfig.vitB32()).towers(48, 2, 3).positions(16).images(32, 8).build();
FreshClip.write(small, 1, folder.resolve("base"));

// 2. Triplets from a world that is drawn as it is needed: missed, met plainly, met richly. What is
//    validated on is never trained on.
DrawnWorld world = DrawnWorld.seed(3).side(32);

// 3. Watch the run: a line now and then.
RunListener watch = new RunListener() {
    public void stepped(Metrics m, RunProgress p) {
        if (m.step() % 20 == 0) System.out.printf("step %3d of %d  loss %.3f  %.0f images/s  %ds left%n",
            m.step(), p.total(), m.values().get("loss"), p.itemsPerSecond(), p.left().toSeconds());
    }
    public void evaluated(Metrics m) {
        System.out.printf("step %3d  pair accuracy on pictures never trained on: %.0f %%%n",
            m.step(), 100 * m.values().get("pair_accuracy"));
    }
};

// 4. Train HP, which sees no text, from random weights. On CLIP-H leave out scope, rate and width.
TrainingResult result = Trainers.hp().
    base(folder.resolve("base")).
    data(world.split(Split.TRAIN).first(2000)).
    validation(world.split(Split.VAL).first(60)).
    output(folder.resolve("hp")).
    evaluateEvery(40).
    listener(watch).
    config(HpConfig.paper().withScope(HpScope.VISION_TOWER).withHiddenWidth(64).
        withOptimizer(o -> o.steps(80).batchSize(8).schedule(LrSchedule.cosine(3e-3, 8, 80)))).
    train();
System.out.println(result.reason() + ", best accuracy " + result.accuracy().getAsDouble());

// 5. The weights lie in Hugging Face's layout; score with them.
PreferenceTriplet triplet = world.split(Split.TEST).get(0);
RewardModel hp = RewardModel.hp().hp(result.best()).build();
triplet.images().ranked().forEach(image -> System.out.printf("HP %.4f%n", hp.score(new PromptImage(triplet.easyPrompt(), image)).hp()));
hp.close();
System.out.println("curves: " + Files.exists(folder.resolve("hp/loss.png")));
System.out.println("done");
/exit
