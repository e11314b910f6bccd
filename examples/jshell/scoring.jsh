// Scoring, step by step. Run: examples/jshell/start.sh examples/jshell/scoring.jsh

// 1. A model. This small one comes with the library and knows a drawn world alone. With real weights
//    it is RewardModel.combined().ict(Path.of("ICT")).hp(Path.of("HP")).build()
RewardModel reward = RewardModel.combined().miniature().build();

// 2. Three pictures of one prompt: missed, met plainly, met richly.
Scene scene = DrawnWorld.seed(7).split(Split.TEST).scene(0);
String prompt = scene.easyPrompt();
List<PromptImage> pairs = List.of(
        new PromptImage(prompt, ImageSource.of("rejected", scene.rejected())),
        new PromptImage(prompt, ImageSource.of("preferred", scene.preferred())),
        new PromptImage(prompt, ImageSource.of("refined", scene.refined())));
System.out.println("prompt: " + prompt);

// 3. Each picture's ICT (is the text in it?), HP (is it good?) and their product.
for (PromptImage pair : pairs) {
    RewardScore s = reward.score(pair);
    System.out.printf("%-10s ICT %.4f  HP %.4f  ICT-HP %.4f%n", s.image(), s.ict(), s.hp(), s.combined());
}

// 4. The best first.
ImageSource[] pictures = pairs.stream().map(PromptImage::image).toArray(ImageSource[]::new);
reward.rank(prompt, pictures).forEach(s -> System.out.println("ranked " + s.image()));

// 5. How the scores were made.
System.out.println(reward.provenance());
reward.close();
System.out.println("done");
/exit
