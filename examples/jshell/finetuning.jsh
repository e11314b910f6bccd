// Fine-tuning a diffusion model by a reward, step by step. Name a folder of SD3, SD3.5 or FLUX.1 as
// diffusers writes it: ICT_HP_MODEL=DIR examples/jshell/start.sh examples/jshell/finetuning.jsh
import io.github.icthp.diffusion.*;
import io.github.icthp.diffusion.draft.*;
import io.github.icthp.diffusion.draft.DraftKConfig.*;
import io.github.icthp.diffusion.lora.*;
import io.github.icthp.optim.*;

// 1. The model. Its text encoders are gone before its transformer is loaded.
DiffusionPipeline pipeline = DiffusionPipeline.load(Path.of(System.getenv("ICT_HP_MODEL")));

// 2. The reward. This small one knows a drawn world alone; with real weights it is
//    RewardModel.combined().ict(Path.of("ICT")).hp(Path.of("HP")).build()
RewardModel reward = RewardModel.combined().miniature().build();

// 3. A picture, before. Real models take 1024 x 1024 pixels and 8 steps (FLUX.1-schnell 4).
GenerationRequest request = GenerationRequest.builder().prompt("a red ball").steps(2).size(32, 32).seed(7).build();
Path folder = Files.createTempDirectory("ict-hp-finetuning");
pipeline.generate(request).get(0).write(folder.resolve("before.png"));

// 4. The settings: the paper's, made small. The plan tells what memory each policy would take.
DraftKConfig config = DraftKConfig.paper().
        with(new Sampling(2, new Unrolling.LastK(1), 32, 32, 0, true)).
        with(new Optimisation(4, 2, 1, LrSchedule.constant(1e-2, 0), AdamWConfig.ofDefaults(), 0, 1, 0)).
        with(LoraConfig.rank(4));

// 5. The run: prompts to train on, others to look at, a folder for all that it writes.
DraftKResult result = DraftKOptimizer.builder().
        pipeline(pipeline).reward(reward.differentiable()).config(config).
        prompts(List.of("a red ball", "a blue cube")).heldOut(List.of("a green cone")).
        output(folder.resolve("run")).build().run();
System.out.printf("%s after %d steps, held-out reward %.4f%n", result.reason(), result.steps(), result.reward());
LoraInspection adapter = LoraFile.inspect(result.adapter());
System.out.println(adapter.modules().size() + " adapters of ranks " + adapter.ranks().keySet());

// 6. The same picture, after: any pipeline of the same family takes the adapter, and so does diffusers.
pipeline.close();
DiffusionPipeline tuned = DiffusionPipeline.builder(Path.of(System.getenv("ICT_HP_MODEL"))).lora(result.adapter(), 1).build();
tuned.generate(request).get(0).write(folder.resolve("after.png"));
System.out.println("before and after are in " + folder);
tuned.close();
reward.close();
System.out.println("done");
/exit
