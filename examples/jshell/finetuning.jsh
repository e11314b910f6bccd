// Fine-tuning a diffusion model by a reward, step by step, on the small model that comes with the
// library: examples/jshell/start.sh examples/jshell/finetuning.jsh
// For SD3, SD3.5 or FLUX.1 name a folder as diffusers writes it in ICT_HP_MODEL.
import io.github.icthp.diffusion.*;
import io.github.icthp.diffusion.draft.*;
import io.github.icthp.diffusion.lora.*;

// 1. The model. The text encoders of a large one are gone before its transformer is loaded.
String named = System.getenv("ICT_HP_MODEL");
DiffusionPipeline pipeline = named == null ? DiffusionPipeline.miniature() : DiffusionPipeline.load(Path.of(named));

// 2. The reward. This small one knows a drawn world alone; with real weights it is
//    RewardModel.combined().ict(Path.of("ICT")).hp(Path.of("HP")).build()
RewardModel reward = RewardModel.combined().miniature().build();

// 3. A picture, before. Real models take 1024 x 1024 pixels and 8 steps (FLUX.1-schnell 4).
GenerationRequest request = GenerationRequest.builder().prompt("a large red star").steps(8).size(32, 32).seed(7).build();
Path folder = Files.createTempDirectory("ict-hp-finetuning");
pipeline.generate(request).get(0).write(folder.resolve("before.png"));

// 4. The settings: the paper's K = 3 of T = 8, everything else made small.
DraftKConfig config = DraftKConfig.from(DraftKConfig.paper()).
        steps(8).lastK(3).size(32, 32).lora(LoraConfig.rank(4)).
        optimizer(o -> o.steps(12).batchSize(4).accumulation(1).learningRate(1e-3).weightDecay(0)).
        build();

// 5. The run: prompts to train on, others to look at, a folder for all that it writes.
DraftKResult result = DraftKOptimizer.builder().
        pipeline(pipeline).reward(reward.differentiable()).config(config).
        prompts(List.of("a red star", "a blue square at the top", "a small green ring")).
        heldOut(List.of("a purple heart", "a large cyan moon")).
        output(folder.resolve("run")).build().run();
System.out.printf("%s after %d steps, held-out reward %.4f%n", result.reason(), result.steps(), result.reward());
LoraInspection adapter = LoraFile.inspect(result.adapter());
System.out.println(adapter.modules().size() + " adapters of ranks " + adapter.ranks().keySet());

// 6. The same picture, after. Any pipeline of the same shape takes the adapter, and so does diffusers.
LoraAdapters tuned = LoraAdapters.load(result.adapter(), pipeline.transformer());
pipeline.generate(request).get(0).write(folder.resolve("after.png"));
System.out.println("before and after are in " + folder);
tuned.close();
pipeline.close();
reward.close();
System.out.println("done");
/exit
