"""The models that are built to verify the rewrite of each package of the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KECAM_MODELS = """
beit.FlexiViTSmall botnet.BotNet50 caformer.CAFormerS18 coat.CoaTLiteTiny coatnet.CoAtNet0
convnext.ConvNeXtV2Atto cotnet.CotNet50 cmt.CMTTiny davit.DaViT_T efficientnet.EfficientNetV2B0
edgenext.EdgeNeXt_XX_Small efficientformer.EfficientFormerL1 efficientdet.EfficientDetD0
gcvit.GCViT_XXTiny ghostnet.GhostNet_050 halonet.HaloNet26T hornet.HorNetTiny levit.LeViT128S
mlp_family.GMLPTiny16 mobilenetv3_family.FBNetV3B maxvit.MaxViT_Tiny mobilevit.MobileViT_XXS
nat.NAT_Mini nfnets.ECA_NFNetL0 pvt.PVT_V2B0 tinyvit.TinyViT_5M resnest.ResNest50
resnet_family.RegNetZB16 gpvit.GPViT_L1 swin_transformer_v2.SwinTransformerV2Tiny_window8
uniformer.UniformerSmall32 volo.VOLO_d1 yolox.YOLOXNano yolor.YOLOR_CSP yolov7.YOLOV7_Tiny
coat.CoaTTiny mlp_family.WaveMLP_T
""".split()


@dataclass(frozen=True)
class RewrittenPackage:
    """A package (``name==version``), the folder in it that is rewritten, and the build calls."""

    requirement: str
    folder: str
    builds: tuple[str, ...]
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name without the version."""
        return self.requirement.partition("==")[0]


def _kecam_build(model: str) -> str:
    module, _, name = model.rpartition(".")
    return f"keras_cv_attention_models.{module}:{name}(pretrained=None)"


def _calls(module: str, *calls: str) -> tuple[str, ...]:
    return tuple(f"{module}:{call}" for call in calls)


TFSEG_WITH_SHAPE = ("erfnet", "unet", "satellite_unet", "multires_unet", "attention_unet")
TFSEG_BUILDS = (
    *(f"{name}(input_shape=(128, 128, 3))" for name in TFSEG_WITH_SHAPE),
    *(f"{name}(input_shape=(128, 128, 3))" for name in ("nested_unet", "u2net", "u2netp")),
    "psp(input_shape=(256, 256, 3))",
    "unet_mobilenet(input_shape=(128, 128, 3), encoder_weights=None)",
    "unet_resnet(input_shape=(256, 256, 3), encoder_weights=None)",
)
PAZ_BUILDS = (
    *("DetNet()", "IKNet()", "HRNetDense()", "HRNetResidual()", "SimpleBaseline(weights=None)"),
    *("KeypointNet2D((64, 64, 3), 10)", "KeypointNet((64, 64, 3), 10)"),
    "KeypointNetShared((64, 64, 3), 10, 0.2, 32, 0.1)",
    "HigherHRNet(weights=None, input_shape=(128, 128, 3))",
    *("UNET_VGG16(weights=None)", "UNET_RESNET50(weights=None)", "MiniXception((48, 48, 1), 7)"),
    "EFFICIENTDETD0(base_weights=None, head_weights=None)",
    "ProtoNet(ProtoEmbedding((28, 28, 1), 4), 5, 1, 1, (28, 28, 1))",
)
UNET_BUILDS = (
    *("unet_2d((64, 64, 3), [8, 16, 32], 2)", "vnet_2d((64, 64, 1), [16, 32, 64, 128], 2)"),
    *("unet_plus_2d((64, 64, 3), [8, 16, 32], 2)", "r2_unet_2d((64, 64, 3), [8, 16, 32], 2)"),
    "att_unet_2d((64, 64, 3), [8, 16, 32], 2, atten_activation='ReLU', attention='add')",
    "resunet_a_2d((64, 64, 3), [8, 16, 32], [1, 3], 2, aspp_num_down=16, aspp_num_up=8)",
    *("u2net_2d((64, 64, 3), 2, [8, 16, 32])", "unet_3plus_2d((64, 64, 3), 2, [8, 16, 32])"),
    "transunet_2d((64, 64, 3), [8, 16, 32], 2, embed_dim=16, num_mlp=16, num_heads=2, "
    "num_transformer=2, weights=None)",
)
DIFFUSION = "antspynet.architectures.create_diffusion_probabilistic_unet_model"
PACKAGES = (
    RewrittenPackage(
        "tf-semantic-segmentation==0.3.1",
        "tf_semantic_segmentation",
        _calls("tf_semantic_segmentation.models", *TFSEG_BUILDS),
    ),
    RewrittenPackage("pypaz==0.2.5", "paz", _calls("paz.models", *PAZ_BUILDS)),
    RewrittenPackage(
        "basic-pitch==0.4.0",
        "basic_pitch",
        _calls("basic_pitch.models", "model()", "model(no_contours=True)"),
    ),
    RewrittenPackage(
        "keras-unet-collection==0.1.13",
        "keras_unet_collection",
        _calls("keras_unet_collection.models", *UNET_BUILDS),
    ),
    RewrittenPackage(
        "keras-efficientnet-v2==1.2.2",
        "keras_efficientnet_v2",
        _calls(
            "keras_efficientnet_v2",
            "EfficientNetV2B0(pretrained=None)",
            "EfficientNetV2B0(input_shape=(64, 64, 3), drop_connect_rate=0.2, "
            "include_preprocessing=True, pretrained=None)",
        ),
    ),
    RewrittenPackage(
        "antspynet==0.3.1",
        "antspynet",
        (
            f"{DIFFUSION}:create_diffusion_probabilistic_unet_model_2d((64, 64, 1))",
            f"{DIFFUSION}:create_diffusion_probabilistic_unet_model_3d((32, 32, 32, 1))",
        ),
    ),
    RewrittenPackage(
        "neurite==0.2",
        "neurite",
        _calls(
            "neurite.tf.models",
            "labels_to_image(in_shape=(32, 32, 32), in_label_list=[0, 1, 2])",
            "labels_to_image((32, 32), [0, 1, 2])",
            "unet(8, (16, 16, 1), 2, 3, 3)",
        ),
        needs=("voxelmorph==0.2", "pystrum==0.4"),
        environment={"NEURITE_BACKEND": "tensorflow"},
    ),
    RewrittenPackage(
        "keras-cv-attention-models==1.3.9",
        "keras_cv_attention_models",
        tuple(_kecam_build(model) for model in KECAM_MODELS),
    ),
)
