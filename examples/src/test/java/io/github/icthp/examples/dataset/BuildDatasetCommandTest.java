package io.github.icthp.examples.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;

import dev.langchain4j.model.openai.OpenAiChatModel;

import io.github.icthp.Miniature;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.world.PaintedPrompts;
import io.github.icthp.examples.world.Planted;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.pickhigh.BuildResult;
import io.github.icthp.train.pickhigh.LangChain4jModel;
import io.github.icthp.train.pickhigh.PickHighBuild;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

class BuildDatasetCommandTest {

    private static final String KEY = "sk-do-not-tell-42";

    /** A material, and a light. */
    private static final Pattern STYLE =
            Pattern.compile(
                    ", (carved wood|brushed metal|glazed ceramic|rough stone|soft velvet|veined"
                            + " marble), in .*light");

    @TempDir private Path temporary;

    @Test
    void aDryRunOfTheMiniatureWritesNothing() {
        Path out = temporary.resolve("none");
        Ran ran = Ran.command("build-dataset", "--miniature", "--dry-run", "--out", out.toString());
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(ran.out())
                .contains("300 rows, 245 base prompts", "490 requests", "245 pictures");
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesAMiniatureOfAnotherSampleInTheSameFolder() throws IOException {
        String out = temporary.resolve("data").toString();
        new PaintedPrompts(0, 48, 5).write(temporary.resolve("data/source"));
        Ran ran = Ran.command("build-dataset", "--miniature", "--sample", "6", "--out", out);
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("another sample or seed than 6 of seed 0");
    }

    @Test
    void buildsTheMiniatureAndCatchesWhatIsPlanted() throws IOException {
        Path out = temporary.resolve("data");
        Ran ran =
                Ran.command(
                        "build-dataset", "--miniature", "--sample", "150", "--out", out.toString());
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(ran.out()).contains("triplets of", "θ = ", "report.html");
        Set<String> expected = new TreeSet<>();
        try (Stream<String> lines = Files.lines(out.resolve("source/base-prompts.jsonl"))) {
            lines.map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .map(row -> row.get("caption").getAsString())
                    .filter(base -> Planted.of(base).kept())
                    .forEach(expected::add);
        }
        Set<String> found = new TreeSet<>();
        for (Split split : List.of(Split.TRAIN, Split.VAL)) {
            try (PickHighDataset data = PickHighDataset.open(out, split)) {
                assertThat(data.isLabeled()).isTrue();
                for (long row = 0; row < data.size().orElse(0); row++) {
                    found.add(data.get(row).easyPrompt());
                    assertThat(data.get(row).refinedPrompt())
                            .startsWith(data.get(row).easyPrompt() + " made of");
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(50).isEqualTo(expected);
        holdsNowhere(out, "no-key-is-needed");
        extendsMostPromptsWithAMaterialAndALight(out);
        trainsAndIsEvaluated(out);
        Ran again =
                Ran.command(
                        "build-dataset", "--miniature", "--sample", "150", "--out", out.toString());
        assertThat(again.out()).isEqualTo(ran.out());
    }

    /**
     * The small GPT-2 has learned its language: it learns too little, or nothing, without steps.
     */
    private static void extendsMostPromptsWithAMaterialAndALight(Path out) throws IOException {
        List<String> extended =
                Files.readAllLines(out.resolve("work/2-extend/000000.jsonl")).stream()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .map(row -> row.get("extended").getAsString())
                        .toList();
        assertThat(extended.stream().filter(STYLE.asPredicate()).count())
                .as(extended.toString())
                .isGreaterThan(extended.size() * 3 / 4);
    }

    private void trainsAndIsEvaluated(Path data) {
        for (String kind : List.of("ict", "hp")) {
            Ran ran =
                    Ran.command(
                            "train",
                            kind,
                            "--base",
                            Miniature.clip().toString(),
                            "--data",
                            data.toString(),
                            "--out",
                            temporary.resolve(kind).toString(),
                            "--steps",
                            "2",
                            "--batch",
                            "4",
                            "--warm-up",
                            "1");
            assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        }
        Ran ran =
                Ran.command(
                        "evaluate",
                        "--data",
                        data.toString(),
                        "--split",
                        "val",
                        "--base",
                        Miniature.clip().toString(),
                        "--clip",
                        Miniature.clip().toString(),
                        "--ict",
                        temporary.resolve("ict/last").toString(),
                        "--hp",
                        temporary.resolve("hp/last").toString());
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(ran.out()).contains("Pair accuracy", "ICT-HP");
    }

    private static void holdsNowhere(Path folder, String secret) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(secret);
            }
        }
    }

    @Test
    void countsWithoutWriting() throws IOException {
        Path source = Files.writeString(temporary.resolve("p.txt"), "a fox\na cat\na fox\n");
        Ran ran =
                Ran.command(
                        "build-dataset",
                        "--source",
                        source.toString(),
                        "--out",
                        temporary.resolve("out").toString(),
                        "--language-model",
                        "openai:any",
                        "--url",
                        "http://localhost:1/v1",
                        "--input-price",
                        "3",
                        "--dry-run");
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(ran.out()).contains("3 rows, 2 base prompts", "4 requests");
        assertThat(temporary.resolve("out")).doesNotExist();
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        String out = temporary.resolve("out").toString();
        Path source = Files.writeString(temporary.resolve("p.txt"), "a fox\n");
        assertThat(Ran.command("build-dataset", "--out", out).err())
                .contains("name either --source FILE or --miniature");
        assertThat(Ran.command("build-dataset", "--source", "none.csv", "--out", out).err())
                .contains("there is no file none.csv");
        Ran noKey =
                Ran.command(
                        "build-dataset",
                        "--source",
                        source.toString(),
                        "--out",
                        out,
                        "--language-model",
                        "anthropic:any",
                        "--key-variable",
                        "ICT_HP_NO_SUCH_KEY");
        assertThat(noKey.exit()).isEqualTo(2);
        assertThat(noKey.err()).contains("set the environment variable ICT_HP_NO_SUCH_KEY");
        assertThat(
                        Ran.command(
                                        "build-dataset",
                                        "--source",
                                        source.toString(),
                                        "--out",
                                        out,
                                        "--language-model",
                                        "other:any")
                                .err())
                .contains("expected openai:, anthropic: or ollama:, got other:any");
    }

    /**
     * A server that answers so every time, and says the key it was sent: a row fails, none hangs.
     */
    @ParameterizedTest
    @CsvSource({
        "429, application/json, '{\"error\": \"slow down, KEY\"}', 3",
        "500, text/plain, out of order KEY, 3",
        "503, text/html, <html>KEY</html>, 3",
        "200, text/html, <html><body>Please wait KEY</body></html>, 3",
        "200, application/json, '{\"id\": \"x\", \"choices\": [{\"mess', 3",
        "200, application/json, '{}', 3",
        "200, application/json, '', 3",
        "0, none, '', 3",
        "400, application/json, '{\"error\": \"bad request KEY\"}', 1"
    })
    void failsRowsThatNobodyAnswers(int status, String type, String body, int tries)
            throws IOException {
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = server(status, type, body.replace("KEY", KEY), asked);
        try {
            Path source = Files.writeString(temporary.resolve("p.txt"), "a fox\na cat\n");
            BuildResult result =
                    PickHighBuild.of(source, temporary.resolve("out"))
                            .languageModel(model(server))
                            .requests(2, 0, 3, Duration.ofMillis(1))
                            .run();
            assertThat(result.failed()).isEqualTo(2);
            assertThat(asked).hasValue(2 * tries);
            assertThat(Files.readString(temporary.resolve("out/report.html")))
                    .contains(tries == 1 ? "no answer in 1 try" : "no answer in 3 tries");
            holdsNowhere(temporary, KEY);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void stopsAtAWrongKeyWithoutTellingIt() throws IOException {
        HttpServer server =
                server(
                        401,
                        "application/json",
                        "{\"error\": \"bad key " + KEY + "\"}",
                        new AtomicInteger());
        try {
            Path source = Files.writeString(temporary.resolve("p.txt"), "a fox\na cat\n");
            PickHighBuild build =
                    PickHighBuild.of(source, temporary.resolve("out"))
                            .languageModel(model(server))
                            .requests(2, 0, 3, Duration.ofMillis(1));
            Throwable stopped = org.assertj.core.api.Assertions.catchThrowable(build::run);
            assertThat(stopped).hasMessageContaining("no request is answered");
            assertThat(com.google.common.base.Throwables.getStackTraceAsString(stopped))
                    .doesNotContain(KEY);
            holdsNowhere(temporary, KEY);
        } finally {
            server.stop(0);
        }
    }

    private static LangChain4jModel model(HttpServer server) {
        return new LangChain4jModel(
                OpenAiChatModel.builder()
                        .baseUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/v1")
                        .apiKey(KEY)
                        .modelName("any")
                        .timeout(Duration.ofSeconds(20))
                        .maxRetries(0)
                        .build(),
                "test",
                List.of(KEY));
    }

    private static HttpServer server(int status, String type, String body, AtomicInteger asked)
            throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/",
                exchange -> {
                    asked.incrementAndGet();
                    exchange.getRequestBody().readAllBytes();
                    if (status == 0) {
                        exchange.close();
                        return;
                    }
                    exchange.getResponseHeaders().set("Content-Type", type);
                    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                    try (OutputStream out = exchange.getResponseBody()) {
                        out.write(bytes);
                    }
                });
        server.start();
        return server;
    }
}
