import ai.djl.Device;
import io.github.icthp.*;
import io.github.icthp.examples.SampleModel;
import io.github.icthp.examples.SamplePictures;
