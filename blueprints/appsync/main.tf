# A GraphQL API behind an authkit authorizer for the tokens of one OpenID provider.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The provider's exact issuer, as its tokens spell it"
  type        = string
  default     = "https://idp.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tokens for this API name as their audience"
  type        = string
  default     = "https://api.example.com"
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a regional web ACL; none if empty"
  type        = string
  default     = ""
}

locals {
  name = "orders"
  functions = {
    authorizer = { handler = "app.handler", environment = { ISSUER = var.issuer, AUDIENCE = var.audience } }
    backend    = { handler = "backend.handler", environment = {} }
  }
  resolvers = { order = "Query", orders = "Query", me = "Query", placeOrder = "Mutation" }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The web ACL limits callers. A limit here would let one of them lock out all.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the provider's public address and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = local.functions
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:As above; what it may write else is one log group of its own.
  for_each = local.functions
  name     = "logs-and-traces"
  role     = aws_iam_role.each[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_appsync_graphql_api" "api" {
  # checkov:skip=CKV2_AWS_33:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_78:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  name                 = local.name
  authentication_type  = "AWS_LAMBDA"
  schema               = file("${path.module}/schema.graphql")
  introspection_config = "DISABLED"
  query_depth_limit    = 10
  resolver_count_limit = 100
  xray_enabled         = true

  lambda_authorizer_config {
    authorizer_uri                   = aws_lambda_function.each["authorizer"].arn
    authorizer_result_ttl_in_seconds = 300
    # Without the word Bearer: AppSync takes what follows that for another way in.
    identity_validation_expression = "^[-0-9A-Za-z_]+[.][-0-9A-Za-z_]+[.][-0-9A-Za-z_]+$"
  }
  log_config {
    cloudwatch_logs_role_arn = aws_iam_role.api["logs"].arn
    exclude_verbose_content  = true # headers are verbose content, and one of them is the token
    field_log_level          = "ERROR"
  }
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "appsync.amazonaws.com"
  source_arn    = aws_appsync_graphql_api.api.arn
}

resource "aws_appsync_datasource" "orders" {
  api_id           = aws_appsync_graphql_api.api.id
  name             = "orders"
  type             = "AWS_LAMBDA"
  service_role_arn = aws_iam_role.api["orders"].arn
  lambda_config {
    function_arn = aws_lambda_function.each["backend"].arn
  }
}

resource "aws_appsync_resolver" "each" {
  for_each    = local.resolvers
  api_id      = aws_appsync_graphql_api.api.id
  type        = each.value
  field       = each.key
  data_source = aws_appsync_datasource.orders.name
}

resource "aws_cloudwatch_log_group" "api" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. It holds no credentials, and a key of yours costs extra.
  name              = "/aws/appsync/apis/${aws_appsync_graphql_api.api.id}"
  retention_in_days = 365
}

# --- what AppSync itself may do ---------------------------------------------------------------------------------------

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

resource "aws_iam_role" "api" {
  for_each = toset(["logs", "orders"])
  name     = "${local.name}-appsync-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "appsync.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.here.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "orders" {
  name = "backend"
  role = aws_iam_role.api["orders"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = aws_lambda_function.each["backend"].arn },
    ]
  })
}

resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.api["logs"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
      # The id is only known once the API is there, which needs this role.
      Resource = join(":", [
        "arn:${data.aws_partition.here.partition}:logs:${data.aws_region.here.name}",
        "${data.aws_caller_identity.here.account_id}:log-group:/aws/appsync/apis/*",
      ])
    }]
  })
}

resource "aws_wafv2_web_acl_association" "firewall" {
  count        = var.web_acl == "" ? 0 : 1
  resource_arn = aws_appsync_graphql_api.api.arn
  web_acl_arn  = var.web_acl
}

output "url" {
  value = aws_appsync_graphql_api.api.uris["GRAPHQL"]
}
