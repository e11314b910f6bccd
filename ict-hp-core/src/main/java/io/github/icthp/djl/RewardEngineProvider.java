package io.github.icthp.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

import io.github.icthp.torch.Torch;

/** Tells DJL that there is a {@link RewardEngine}; DJL finds it as a service. */
public final class RewardEngineProvider implements EngineProvider {

    private static final class Holder {
        static final RewardEngine ENGINE = new RewardEngine();
    }

    /** Creates the provider, as DJL does before it loads an engine: the last moment to prepare. */
    public RewardEngineProvider() {
        Torch.prepare();
    }

    @Override
    public String getEngineName() {
        return RewardEngine.NAME;
    }

    @Override
    public int getEngineRank() {
        return RewardEngine.RANK;
    }

    @Override
    public Engine getEngine() {
        return Holder.ENGINE;
    }
}
