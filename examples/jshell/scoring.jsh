// Scoring, step by step. Run: examples/jshell/start.sh examples/jshell/scoring.jsh

// 1. A model. This one has random weights, so that the notebook needs no download: its numbers mean
//    nothing. With real weights it is
//    RewardModel.combined().ict(Path.of("ICT")).hp(Path.of("HP")).build()
RewardModel reward = SampleModel.open();

// 2. Three pictures of one prompt: missed, met plainly, met richly.
List<PromptImage> pairs = SamplePictures.all();
System.out.println("prompt: " + SamplePictures.PROMPT);

// 3. Each picture's ICT (is the text in it?), HP (is it good?) and their product.
for (PromptImage pair : pairs) {
    RewardScore s = reward.score(pair);
    System.out.printf("%-10s ICT %.4f  HP %.4f  ICT*HP %.4f%n", s.image(), s.ict(), s.hp(), s.combined());
}

// 4. The best first.
ImageSource[] pictures = pairs.stream().map(PromptImage::image).toArray(ImageSource[]::new);
reward.rank(SamplePictures.PROMPT, pictures).forEach(s -> System.out.println("ranked " + s.image()));

// 5. How the scores were made.
System.out.println(reward.provenance());
reward.close();
System.out.println("done");
/exit
