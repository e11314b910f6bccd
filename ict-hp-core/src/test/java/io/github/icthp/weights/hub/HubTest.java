package io.github.icthp.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.weights.hub.HubException.Reason;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class HubTest {

    private static final HubId MODEL = new HubId("owner", "name", HubId.MAIN);
    private static final HubPatience SHORT =
            new HubPatience(Duration.ofMillis(300), Duration.ofMillis(1));
    private static final String WEIGHTS = "pytorch_model.bin";

    @TempDir Path temp;

    private final byte[] weights = new byte[300_000];
    private final List<Long> progress = new ArrayList<>();
    private HubServer server;

    @BeforeEach
    void start() throws IOException {
        new Random(3).nextBytes(weights);
        server = new HubServer();
        server.add(WEIGHTS, weights);
        server.add("config.json", "{\"a\": 1}".getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void laysOutTheCacheAsPythonDoes() throws IOException {
        Path file = hub("").file(MODEL, WEIGHTS);

        Path root = temp.resolve("models--owner--name");
        assertThat(file).isEqualTo(root.resolve("snapshots/" + HubServer.COMMIT + "/" + WEIGHTS));
        assertThat(file).hasBinaryContent(weights);
        assertThat(Files.readSymbolicLink(file))
                .isEqualTo(Path.of("../../blobs/" + server.entity(WEIGHTS)));
        assertThat(root.resolve("refs/main")).hasContent(HubServer.COMMIT);
        assertThat(root.resolve("blobs").toFile().list()).containsExactly(server.entity(WEIGHTS));
    }

    @Test
    void sendsTheTokenToTheHubAlone() {
        server.token = "secret";

        hub("secret").file(MODEL, WEIGHTS);

        assertThat(server.hubRequests).isNotEmpty().allMatch(r -> r.endsWith("+token"));
        assertThat(server.storeRequests).isNotEmpty().noneMatch(r -> r.endsWith("+token"));
    }

    @Test
    void goesOnAfterTruncation() throws IOException {
        server.breaksOff.set(2);

        Path file = hub("").file(MODEL, WEIGHTS);

        assertThat(file).hasBinaryContent(weights);
        assertThat(server.storeRequests)
                .hasSize(3)
                .element(1)
                .asString()
                .matches("GET /pytorch_model.bin bytes=[1-9]\\d*-");
        assertThat(progress).isSorted().last().isEqualTo((long) weights.length);
    }

    @Test
    void goesOnWhereAnEarlierProcessStopped() throws IOException {
        Path blobs = Files.createDirectories(temp.resolve("models--owner--name/blobs"));
        Files.write(
                blobs.resolve(server.entity(WEIGHTS) + ".incomplete"),
                java.util.Arrays.copyOf(weights, 1000));

        assertThat(hub("").file(MODEL, WEIGHTS)).hasBinaryContent(weights);
        assertThat(server.storeRequests).containsExactly("GET /pytorch_model.bin bytes=1000-");
    }

    @Test
    void beginsAnewIfTheHubIgnoresRanges() {
        server.ignoresRanges = true;
        server.breaksOff.set(1);

        assertThat(hub("").file(MODEL, WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void givesUpOnASilentHubAndKeepsWhatArrived() {
        server.goesSilent = true;

        assertThatThrownBy(() -> hub("").file(MODEL, WEIGHTS))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("owner/name/pytorch_model.bin: the download broke off")
                .hasMessageContaining("try again to go on");
        server.goesSilent = false;
        assertThat(hub("").file(MODEL, WEIGHTS)).hasBinaryContent(weights);
        assertThat(server.storeRequests).last().asString().matches(".* bytes=[1-9]\\d*-");
    }

    @Test
    void refusesContentWithAnotherHash() {
        server.announceWrongly(WEIGHTS);

        assertRefused(Reason.DAMAGED, () -> hub("").file(MODEL, WEIGHTS), "check sum");
        assertThat(temp.resolve("models--owner--name/blobs")).isEmptyDirectory();
    }

    @Test
    void followsARenamedModel() {
        server.movedTo = "/other/place";
        server.token = "secret";

        assertThat(hub("secret").file(MODEL, "config.json")).hasContent("{\"a\": 1}");
        assertThat(server.hubRequests)
                .contains("HEAD /other/place/resolve/main/config.json +token");
    }

    @Test
    void saysWhatToDo() {
        assertRefused(Reason.NOT_FOUND, () -> hub("").file(MODEL, "none.bin"), "check name and");
        assertRefused(
                Reason.NOT_FOUND,
                () -> hub("").file(new HubId("owner", "name", "nowhere"), WEIGHTS),
                "check name and revision");
        assertRefused(Reason.OFFLINE, () -> offline().file(MODEL, WEIGHTS), "HF_HUB_OFFLINE");
        assertRefused(Reason.OFFLINE, () -> offline().folder(MODEL), "HF_HUB_OFFLINE");
        server.token = "secret";
        assertRefused(Reason.NOT_ALLOWED, () -> hub("").file(MODEL, WEIGHTS), "set HF_TOKEN");
        assertRefused(
                Reason.NOT_ALLOWED,
                () -> hub("wrong").folder(MODEL),
                "Check that the token (HF_TOKEN) is valid");
        server.close();
        assertRefused(Reason.UNREACHABLE, () -> hub("").file(MODEL, WEIGHTS), "Check the network");
    }

    @Test
    void takesTheCacheWhenTheHubIsAway() {
        Path file = hub("").file(MODEL, WEIGHTS);
        server.close();

        assertThat(offline().file(MODEL, WEIGHTS)).isEqualTo(file);
        assertThat(offline().folder(MODEL)).isEqualTo(file.getParent());
        assertThat(hub("").file(MODEL, WEIGHTS)).isEqualTo(file);
    }

    @Test
    void asksNothingForAKnownCommit() {
        HubId commit = new HubId("owner", "name", HubServer.COMMIT);
        Path file = hub("").file(commit, WEIGHTS);
        int asked = server.hubRequests.size();

        assertThat(hub("").file(commit, WEIGHTS)).isEqualTo(file);
        assertThat(server.hubRequests).hasSize(asked);
    }

    @Test
    void downloadsOnceForManyThreads() throws Exception {
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch start = new CountDownLatch(threads);
        List<Future<Path>> files = new ArrayList<>();
        Hub one = new Hub(settings("", false), DownloadListener.NONE, SHORT);
        for (int i = 0; i < threads; i++) {
            Hub hub = i % 2 == 0 ? one : new Hub(settings("", false), DownloadListener.NONE, SHORT);
            files.add(
                    pool.submit(
                            () -> {
                                start.countDown();
                                start.await();
                                return hub.file(MODEL, WEIGHTS);
                            }));
        }
        for (Future<Path> file : files) {
            assertThat(file.get()).hasBinaryContent(weights);
        }
        pool.shutdown();
        assertThat(server.storeRequests).hasSize(1);
    }

    @Test
    void downloadsOneFormOfTheWeightsAndWhatDescribesIt() {
        server.add("model.safetensors", new byte[10]);
        server.add("flax_model.msgpack", new byte[10]);
        server.add("hp_scorer/mlp_pytorch_model.bin", new byte[20]);

        Path folder = hub("").folder(MODEL);

        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder("config.json", "model.safetensors", "hp_scorer");
        assertThat(folder.resolve("hp_scorer/mlp_pytorch_model.bin")).hasSize(20);
    }

    @Test
    void downloadsTheOneCheckpointOfAnUnusualName() {
        server.remove(WEIGHTS);
        server.add("ImageReward.pt", new byte[30]);

        Path folder = hub("").folder(MODEL);

        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder("config.json", "ImageReward.pt");
    }

    @Test
    void asksWhichOfSeveralCheckpointsIsMeantAndTakesTheOneThatIsNamed() {
        server.remove(WEIGHTS);
        server.add("HPS_v2.1_compressed.pt", new byte[30]);
        server.add("HPS_v2_compressed.pt", new byte[40]);
        WeightLocator locator = new WeightLocator(hub(""));

        assertRefused(
                Reason.NOT_FOUND,
                () -> locator.find("owner/name"),
                "name one, for example owner/name/HPS_v2_compressed.pt");
        Path file = locator.find("owner/name/HPS_v2.1_compressed.pt");
        assertThat(file).hasFileName("HPS_v2.1_compressed.pt").hasSize(30);
        assertThat(file.getParent().toFile().list()).containsExactly("HPS_v2.1_compressed.pt");
        String commit = "owner/name/HPS_v2_compressed.pt@" + HubServer.COMMIT;
        assertThat(locator.find(commit)).hasSize(40);
        assertRefused(
                Reason.NOT_FOUND,
                () -> locator.find("owner/name/other.pth"),
                "no file or folder 'owner/name/other.pth' exists");
    }

    @Test
    void refusesNamesThatLeadOutOfTheModel() {
        for (String name : List.of("../x", "a/../../x", "/etc/passwd", "a\\b", "C:x", "", "a//b")) {
            assertThatThrownBy(() -> hub("").file(MODEL, name))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("relative path without '..'");
        }
        server.add("../evil.json", new byte[1]);
        assertRefused(Reason.DAMAGED, () -> hub("").folder(MODEL), "'../evil.json'");
        assertThat(server.hubRequests).hasSize(1);
    }

    @Test
    void findsPathsBeforeModels() throws IOException {
        WeightLocator locator = new WeightLocator(hub(""));
        Path local = Files.createDirectories(temp.resolve("local"));

        assertThat(locator.find(local.toString())).isEqualTo(local);
        assertThat(locator.find("owner/name").resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThatThrownBy(() -> locator.find("not/a/model"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no file or folder 'not/a/model' exists");
        server.token = "secret";
        assertRefused(
                Reason.NOT_ALLOWED,
                () -> locator.find("owner/name"),
                "no file or folder 'owner/name' exists; owner/name@main: the hub refused access");
    }

    private void assertRefused(Reason reason, ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .hasMessageContaining(message)
                .asInstanceOf(InstanceOfAssertFactories.type(HubException.class))
                .returns(reason, HubException::reason);
    }

    private Hub hub(String token) {
        return new Hub(settings(token, false), (file, done, total) -> progress.add(done), SHORT);
    }

    private Hub offline() {
        return new Hub(settings("", true), DownloadListener.NONE, SHORT);
    }

    private HubSettings settings(String token, boolean offline) {
        URI address = server.address();
        return new HubSettings(
                temp, address, Optional.of(token).filter(t -> !t.isEmpty()), offline);
    }
}
