package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class RunningCallsTest {

    @Test
    void exitWaitsForACallUnderWay() throws InterruptedException {
        RunningCalls calls = new RunningCalls(Duration.ofMinutes(1));
        calls.begin();
        Thread exit = start(calls::drain);
        exit.join(100);
        assertThat(exit.isAlive()).isTrue();
        calls.end();
        exit.join();
    }

    @Test
    void exitHoldsBackNewCallsAndHooksGoOnAfterAWhile() throws InterruptedException {
        RunningCalls held = new RunningCalls(Duration.ofMinutes(1));
        RunningCalls soonReleased = new RunningCalls(Duration.ofMillis(1));
        CountDownLatch begun = new CountDownLatch(1);
        held.drain();
        Thread waiting =
                start(
                        () -> {
                            held.begin();
                            begun.countDown();
                        });
        assertThat(begun.await(100, TimeUnit.MILLISECONDS)).isFalse();
        waiting.interrupt();
        assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
        soonReleased.drain();
        soonReleased.begin();
    }

    private static Thread start(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
