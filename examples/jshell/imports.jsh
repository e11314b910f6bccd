import ai.djl.Device;
import io.github.icthp.*;
import io.github.icthp.train.data.Split;
import io.github.icthp.examples.world.*;
